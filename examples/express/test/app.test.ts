import { createApp } from '../src/app.ts';
import { testServer } from './server-suite.ts';

testServer({ createApp });
