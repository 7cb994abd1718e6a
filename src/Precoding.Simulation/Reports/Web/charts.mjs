// What reports use of Apache ECharts, as the global `echarts`.
import { use } from 'echarts/core';
import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, ToolboxComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([CustomChart, LineChart, GridComponent, LegendComponent, ToolboxComponent, TooltipComponent, SVGRenderer]);

export { init } from 'echarts/core';
