export const planets = ['Mercury', 'Venus', 'Mars', 'Jupiter', 'Saturn'];

export function headline(): string {
  return `Tonight you can see ${planets.length} planets`;
}
