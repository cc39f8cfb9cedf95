import{r as s}from"./index-6nn_tQWn.js";const a=r=>s("/api/v1/recordings/{name}/file",{path:{name:r}});export{a as f};
