import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { HttpError } from './http.ts';

/** The meter that rooms write to, with OpenTelemetry's own type. */
export type StudioMeter = ReturnType<MeterProvider['getMeter']>;

/** Counts of the rooms as a Prometheus server reads them, for whoever has the token. */
export class StudioMetrics {
  readonly #token: Buffer;
  readonly #exporter = new PrometheusExporter({ preventServerStart: true });
  readonly #provider = new MeterProvider({ readers: [this.#exporter] });

  constructor(token: string) {
    this.#token = digest(token);
  }

  get meter(): StudioMeter {
    return this.#provider.getMeter('@colloquy/studio');
  }

  /** Answers `GET /metrics`. @throws {@link HttpError} 401 without the token, 405 for another method. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!timingSafeEqual(digest(token), this.#token)) {
      response.setHeader('www-authenticate', 'Bearer');
      throw new HttpError(
        401,
        'ERR_NOT_AUTHENTICATED',
        'Metrics need "Authorization: Bearer" with COLLOQUY_METRICS_TOKEN.',
      );
    }
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      throw new HttpError(405, 'ERR_METHOD', `${request.method} is not known here. Use GET.`);
    }
    response.setHeader('cache-control', 'no-store');
    this.#exporter.getMetricsRequestHandler(request, response);
  }

  close(): Promise<void> {
    return this.#provider.shutdown();
  }
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
