import{r as s}from"./index-A6hfXY6T.js";const a=r=>s("/api/v1/recordings/{name}/file",{path:{name:r}});export{a as f};
