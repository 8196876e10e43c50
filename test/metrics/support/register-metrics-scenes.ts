import { Counter, Registry } from 'prom-client';

/** A registry of a program that has a metric of its own. */
export function programRegistry(): Registry {
  const registry = new Registry();
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests', registers: [registry] });
  requests.inc(3);
  return registry;
}

export const OWN =
  '# HELP http_requests_total Requests\n# TYPE http_requests_total counter\nhttp_requests_total 3\n';
