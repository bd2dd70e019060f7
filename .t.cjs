require("tsx/cjs");
const t=performance.now();
require(process.argv[2]);
console.log(process.argv[2].split('/').slice(-2).join('/'), (performance.now()-t).toFixed(0),'ms; whole', performance.now().toFixed(0), Object.keys(require.cache).length);
process.exit(0)
