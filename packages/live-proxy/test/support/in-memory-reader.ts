import { type DataPoint, MetricReader } from '@opentelemetry/sdk-metrics';

/** Metrics of OpenTelemetry's own SDK, in memory. */
export class InMemoryReader extends MetricReader {
  readonly #prefix: string;

  /** @param prefix - is left out of the names. */
  constructor(prefix: string) {
    super();
    this.#prefix = prefix;
  }

  /** All points, as `name{attributes}` with their value, or the count of a histogram. */
  async points(): Promise<Record<string, number>> {
    const { resourceMetrics } = await this.collect();
    const points: Record<string, number> = {};
    for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const { attributes, value } of dataPoints as DataPoint<number | { count: number }>[]) {
        const labels = Object.entries(attributes).map(([key, of]) => `${key}=${String(of)}`);
        const key = `${descriptor.name.replace(this.#prefix, '')}{${labels.sort().join()}}`;
        points[key] = typeof value === 'number' ? value : value.count;
      }
    }
    return points;
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}
