export function tideReport(metres: number): string {
  return `The water stands at ${metres} metres`
}
