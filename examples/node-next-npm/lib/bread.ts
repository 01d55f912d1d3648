const breads = ["rye", "spelt", "wheat", "oat", "corn", "barley", "potato"];

export function openingLine(day: Date): string {
  return `Fresh from the oven: ${breads[day.getUTCDay()]} bread`;
}
