import { createApp } from 'vue';
import App from './App.vue';
import './theme/tokens.css';
import './theme/base.css';
import { applyTheme } from './theme/theme.ts';

applyTheme();
createApp(App).mount('#app');
