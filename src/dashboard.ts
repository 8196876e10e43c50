/** `pageferry/dashboard`: a web page that shows and controls a ferry, with /metrics. */
export type { Dashboard } from './dashboard/dashboard.js';
export type { DashboardOptions } from './dashboard/options.js';
export { serveDashboard } from './dashboard/serve-dashboard.js';
