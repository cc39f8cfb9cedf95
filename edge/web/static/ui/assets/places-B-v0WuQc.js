const e=(a,{known:s,list:c})=>c(a.map(p=>s(`place.${p}`,p)));export{e as p};
