import { createApp } from 'vue';
import App from './App.vue';
import './theme/tokens.css';
import './theme/base.css';
import './theme/contrast.css';
import { applyPreferences } from './settings/preferences.ts';
import { applyTheme } from './theme/theme.ts';

applyTheme();
applyPreferences();
createApp(App).mount('#app');
