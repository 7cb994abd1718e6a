// Draws a report's charts from the JSON of HtmlChartData. Logarithmic axes are linear ones over transformed numbers, so that log(1 + x) is one too.
'use strict';
(() => {
    const margin = { left: 64, right: 14, top: 34, bottom: 48 }; // pixels around the plot
    const page = JSON.parse(document.getElementById('chart-data').textContent);
    const transforms = {
        linear: { to: x => x, from: x => x },
        logarithmic: { to: Math.log10, from: u => 10 ** u },
        logarithmicFromZero: { to: Math.log1p, from: Math.expm1 },
    };
    const hasInterval = curve => curve.points.some(([, , low, high]) => Number(high) > Number(low));

    const number = (value, digits) => {
        const rounded = Number(Number(value).toPrecision(digits)), size = Math.abs(rounded);
        return size !== 0 && (size >= 1e5 || size < 1e-3) ? rounded.toExponential().replace('e+', 'e') : String(rounded);
    };
    const interval = ([, , low, high]) => `${number(low, 4)} to ${number(high, 4)}`;

    const element = (name, text, children = []) => {
        const made = document.createElement(name);
        made.textContent = text;
        made.append(...children);
        return made;
    };

    // Where the whole axis is seen its labels are those of the still pictures.
    const ticks = (axis, isPart) => {
        const { to } = transforms[axis.scale], values = isPart ? axis.finerTicks : axis.ticks;
        return { customValues: values.length > 0 ? values.map(to) : null };
    };

    const axisOption = (axis, nameGap) => {
        const { to, from } = transforms[axis.scale];
        return {
            type: 'value', name: axis.label, nameLocation: 'middle', nameGap, nameTextStyle: { color: 'var(--ink)', fontSize: 13 },
            min: to(axis.low), max: to(axis.high),
            axisTick: { show: false, ...ticks(axis, false) },
            axisLabel: { color: 'var(--ink)', fontSize: 13, hideOverlap: true, formatter: u => number(from(u), 3), ...ticks(axis, false) },
            axisLine: { show: true, onZero: false, lineStyle: { color: 'var(--soft-ink)' } },
            splitLine: { show: true, lineStyle: { color: 'var(--rule)' } },
            axisPointer: { lineStyle: { color: 'var(--soft-ink)' } },
        };
    };

    const lineOption = (chart, curve, index) => ({
        type: 'line', name: String(index), z: 3, clip: true, step: curve.isSteps ? 'end' : false, showSymbol: !curve.isSteps, showAllSymbol: true,
        data: curve.points.map(([x, y]) => [transforms[chart.x.scale].to(x), transforms[chart.y.scale].to(y)]),
        symbol: `path://${curve.marker}`, symbolKeepAspect: true,
        symbolSize: (_, { dataIndex }) => dataIndex >= curve.firstMarker && (dataIndex - curve.firstMarker) % curve.markerEvery === 0 ? 9 : 0,
        lineStyle: { color: curve.colour, width: page.lineWidth, type: curve.dash.length > 0 ? curve.dash : 'solid' },
        itemStyle: { color: curve.markerColour, borderColor: curve.colour, borderWidth: page.markerStroke },
        emphasis: { disabled: true },
    });

    // One polygon from the upper ends to the right and back along the lower ones; what has no place on the axis lies at its end.
    const bandOption = (chart, curve, index) => ({
        type: 'custom', name: String(index), z: 2, clip: true, silent: true, tooltip: { show: false }, emphasis: { disabled: true },
        data: [[transforms[chart.x.scale].to(curve.points[0][0]), transforms[chart.y.scale].to(curve.points[0][1])]],
        renderItem: (_, api) => {
            const edge = (point, end) => api.coord([
                transforms[chart.x.scale].to(point[0]), transforms[chart.y.scale].to(Math.min(Math.max(Number(point[end]), chart.y.low), chart.y.high))]);
            const upper = curve.points.map(p => edge(p, 3)), lower = curve.points.map(p => edge(p, 2)).reverse();
            return { type: 'polygon', shape: { points: [...upper, ...lower] }, style: { fill: curve.colour, opacity: page.bandOpacity } };
        },
    });

    const tooltip = (chart, shown) => {
        const found = shown.map(({ seriesName, dataIndex }) => [chart.curves[Number(seriesName)], dataIndex]);
        const rows = found.map(([curve, i]) => element('tr', '', [
            element('td', curve.name), element('td', number(curve.points[i][1], 4)), element('td', hasInterval(curve) ? interval(curve.points[i]) : '')]));
        const head = found.length > 0 ? `${chart.x.label}: ${number(found[0][0].points[found[0][1]][0], 4)}` : '';
        const box = element('div', '', [element('strong', head), element('div', chart.y.label), element('table', '', rows)]);
        box.className = 'tooltip';
        return box;
    };

    const numbers = chart => {
        const heads = ['curve', chart.x.label, chart.y.label, '95 % interval'].map(text => element('th', text));
        const rows = chart.curves.flatMap(curve => curve.points.map(point => element('tr', '', [
            element('th', curve.name), element('td', number(point[0], 6)), element('td', number(point[1], 6)), element('td', hasInterval(curve) ? interval(point) : '')])));
        return element('div', '', [element('table', '', [element('thead', '', [element('tr', '', heads)]), element('tbody', '', rows)])]);
    };

    const draw = place => {
        const chart = page.charts[Number(place.dataset.chart)], figure = place.closest('figure');
        const view = echarts.init(place, null, { renderer: 'svg' });
        // so that paper, which is laid out before anything can be drawn again, scales the picture
        view.on('rendered', () => place.querySelector('svg').setAttribute('viewBox', `0 0 ${view.getWidth()} ${view.getHeight()}`));
        view.setOption({
            animation: false,
            textStyle: { fontFamily: 'inherit', color: 'var(--ink)' },
            grid: margin,
            legend: { show: false, data: chart.curves.map((_, i) => String(i)) },
            toolbox: {
                right: 10, top: 0, itemSize: 16, iconStyle: { borderColor: 'var(--soft-ink)' }, emphasis: { iconStyle: { borderColor: 'var(--link)', textFill: 'var(--link)' } },
                feature: { dataZoom: { filterMode: 'none', title: { zoom: 'zoom into a rectangle', back: 'zoom back' } } },
            },
            tooltip: {
                trigger: 'axis', confine: true, transitionDuration: 0, backgroundColor: 'var(--paper)', borderColor: 'var(--rule)', textStyle: { color: 'var(--ink)', fontSize: 12 },
                formatter: shown => tooltip(chart, shown),
            },
            xAxis: axisOption(chart.x, 30),
            yAxis: axisOption(chart.y, 46),
            series: [
                ...chart.curves.flatMap((curve, i) => hasInterval(curve) ? [bandOption(chart, curve, i)] : []),
                ...chart.curves.map((curve, i) => lineOption(chart, curve, i)),
            ],
        });

        view.on('datazoom', () => {
            const isPart = (axis, finder, firstPixel, lastPixel) => {
                const { to } = transforms[axis.scale], span = to(axis.high) - to(axis.low);
                return view.convertFromPixel(finder, lastPixel) - view.convertFromPixel(finder, firstPixel) < 0.999 * span;
            };
            const update = (axis, ...ends) => {
                const chosen = ticks(axis, isPart(axis, ...ends));
                return { axisTick: chosen, axisLabel: chosen };
            };
            view.setOption({
                xAxis: update(chart.x, { xAxisIndex: 0 }, margin.left, view.getWidth() - margin.right),
                yAxis: update(chart.y, { yAxisIndex: 0 }, view.getHeight() - margin.bottom, margin.top),
            });
        });
        for (const button of figure.querySelectorAll('.legend button')) {
            button.addEventListener('click', () => {
                view.dispatchAction({ type: 'legendToggleSelect', name: button.dataset.series });
                button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
            });
        }
        figure.querySelector('.numbers').addEventListener('toggle', event => event.target.append(numbers(chart)), { once: true });
        new ResizeObserver(() => view.resize()).observe(place);
    };

    document.querySelectorAll('.chart').forEach(draw);
})();
