import { watchedHostile } from './watched-hostile.js';

watchedHostile('referenced');
