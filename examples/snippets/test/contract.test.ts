import { proveMyEngine } from '../storage/contract.ts';

await proveMyEngine();
