import { testColdStore } from '../testing/cold-store-contract.ts';
import { memoryColdStore } from './memory-cold-store.ts';

await testColdStore('memory', () => ({ store: memoryColdStore() }));
