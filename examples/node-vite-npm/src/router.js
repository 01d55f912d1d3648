import { createRouter } from 'vue-router'

import AllOrders from './views/AllOrders.vue'
import OneOrder from './views/OneOrder.vue'

export const makeRouter = (history) =>
  createRouter({
    history,
    routes: [
      { path: '/', component: AllOrders },
      { path: '/orders/:number', component: OneOrder, props: true },
    ],
  })
