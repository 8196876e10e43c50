/** `pageferry/metrics`: a ferry's metrics in the program's own registry of prom-client. */
export {
  type MetricsRegistration,
  type MetricsRegistry,
  registerMetrics,
} from './metrics/register-metrics.js';
