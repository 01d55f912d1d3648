import { createApp } from 'vue'
import { createWebHistory } from 'vue-router'

import App from './App.vue'
import { makeRouter } from './router.js'
import './style.css'

createApp(App).use(makeRouter(createWebHistory(import.meta.env.BASE_URL))).mount('#app')
