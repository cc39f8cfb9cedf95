import{g as a,a as e}from"./base-CRJSoAFg.js";function p(){const o=a(s=>s.stock.products);return e.useMemo(()=>new Map(o.map(({gtin:s,name:t})=>[s,t])),[o])}export{p as u};
