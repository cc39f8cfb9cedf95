function n(e){requestAnimationFrame(()=>e instanceof HTMLElement&&e.querySelector('[aria-invalid="true"]')?.focus())}export{n as f};
