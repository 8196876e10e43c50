import type { Client } from './client.js';
import { duckdb } from './programs/duckdb.js';
import { hashWasm } from './programs/hash-wasm.js';
import { onnxruntime } from './programs/onnxruntime.js';
import { pglite } from './programs/pglite.js';
import { sqlJs } from './programs/sql-js.js';
import { tfjs } from './programs/tfjs.js';
import { zstd } from './programs/zstd.js';

export const CLIENTS: readonly Client[] = [sqlJs, pglite, duckdb, onnxruntime, tfjs, hashWasm, zstd];
