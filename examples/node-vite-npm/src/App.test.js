import { expect, test } from 'vitest'
import { createSSRApp } from 'vue'
import { createMemoryHistory } from 'vue-router'
import { renderToString } from 'vue/server-renderer'

import page from '../index.html?raw'
import App from './App.vue'
import { makeRouter } from './router.js'

test('an order has a page of its own', async () => {
  const router = makeRouter(createMemoryHistory())
  await router.push('/orders/42')
  expect(await renderToString(createSSRApp(App).use(router))).toContain('Order 42')
})

test('the page has a title', () => {
  expect(page).toContain('<title>Orders of the day</title>')
})
