// Writes echarts.min.js and its licences, echarts.licences.txt, from the pinned packages; see README.md.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

const text = path => readFileSync(new URL(`node_modules/${path}`, import.meta.url), 'utf8').trim();
const version = name => JSON.parse(text(`${name}/package.json`)).version;

const parts = [
    [`Apache ECharts ${version('echarts')}: NOTICE`, 'echarts/NOTICE'],
    [`Apache ECharts ${version('echarts')}: LICENSE`, 'echarts/LICENSE'],
    [`Parts of Apache ECharts from d3: LICENSE`, 'echarts/licenses/LICENSE-d3'],
    [`zrender ${version('zrender')}: LICENSE`, 'zrender/LICENSE'],
];
const licences = parts.map(([title, path]) => `${title}\n${'='.repeat(title.length)}\n\n${text(path)}\n`).join('\n\n');
if (licences.includes('*/') || /<\/script/i.test(licences)) {
    throw new Error('The licences would end the comment, or the element, that they stand in.');
}

const result = await build({
    entryPoints: ['charts.mjs'], absWorkingDir: import.meta.dirname, bundle: true, format: 'iife', globalName: 'echarts', minify: true, target: 'es2020', legalComments: 'none', charset: 'ascii', write: false,
    banner: { js: `/*!\n${licences}*/` },
});
writeFileSync(new URL('echarts.min.js', import.meta.url), result.outputFiles[0].text);
writeFileSync(new URL('echarts.licences.txt', import.meta.url), licences);
