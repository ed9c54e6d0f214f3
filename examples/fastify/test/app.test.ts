import { testServer } from '../../express/test/server-suite.ts';
import { createApp } from '../src/app.ts';

testServer({ createApp });
