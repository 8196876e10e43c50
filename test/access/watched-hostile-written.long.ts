import { watchedHostile } from './watched-hostile.js';

watchedHostile('written');
