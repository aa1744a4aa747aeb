/** What some times come to, rounded to a tenth; percentiles by the nearest rank. */
export function spread(times) {
  const sorted = Float64Array.from(times).sort();
  const at = (percent) => round(sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0);
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: round(sorted.at(-1) ?? 0) };
}

const round = (value) => Math.round(value * 10) / 10;
