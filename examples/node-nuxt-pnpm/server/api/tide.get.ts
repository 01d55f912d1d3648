export default defineEventHandler(() => ({ metres: 3 }))
