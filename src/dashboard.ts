/** `pageferry/dashboard`: the web page that shows and steers a ferry, with its /metrics. */
export type { Dashboard } from './dashboard/dashboard.js';
export type { DashboardOptions } from './dashboard/options.js';
export { serveDashboard } from './dashboard/serve-dashboard.js';
