import type { Client } from '../client.js';

interface Database {
  readonly waitReady: Promise<void>;
  query(sql: string): Promise<{ readonly rows: readonly unknown[]; readonly affectedRows?: number }>;
  exec(sql: string): Promise<unknown>;
}
interface PGliteModule {
  readonly PGlite: new () => Database;
}

const ROWS = 20_000;

/** PostgreSQL, which makes its first database within the call that starts it. */
export const pglite: Client = {
  name: 'PGlite',
  threads: false,
  pageTables: true,
  async start(load) {
    const { PGlite } = load('@electric-sql/pglite') as PGliteModule;
    const db = new PGlite();
    await db.waitReady;
    const rows = async (sql: string): Promise<unknown> => (await db.query(sql)).rows;
    return {
      async work(call) {
        await call('create', () =>
          db.exec('drop table if exists t; drop table if exists u; drop table if exists j'),
        );
        await call('insert', async () => {
          await db.exec(
            'create table t as select i as id, i::bigint * 7919 % 1000 as k, i::bigint * 104729 % 100003 / 7.0 as v, ' +
              `md5(i::text) as s from generate_series(1, ${ROWS}) i`,
          );
          return rows('select count(*), sum(v), min(s), max(s) from t');
        });
        await call('index', () => db.exec('create index on t (s); create unique index on t (id); analyze t'));
        await call('group', () =>
          rows('select k, count(*), sum(v), avg(v) from t group by k order by 3 desc, 1 limit 50'),
        );
        await call('join', () =>
          rows(
            'select a.k, count(*) from t a join t b on a.id = b.id + 17 where a.v > b.v group by 1 order by 2 desc, 1',
          ),
        );
        await call('update', async () => {
          await db.exec(
            "begin; update t set v = v * 2, s = s || '-' || k where k % 3 = 0; savepoint a; delete from t",
          );
          await db.exec('rollback to a; commit');
          return rows('select count(*), sum(v), max(s) from t');
        });
        // A string of some 60 MiB and its copies: the heap grows.
        await call('large', () => rows("select md5(repeat(string_agg(s, ',' order by id), 80)) from t"));
        await call('json', async () => {
          await db.exec(
            "create table j as select id, jsonb_build_object('k', k, 's', s, 'l', array[id, k]) as d from t",
          );
          await db.exec('create index on j using gin (d)');
          return rows(`select count(*), sum((d->>'k')::int) from j where d @> '{"k": 333}'`);
        });
        await call('window', () =>
          rows(
            'select max(r), sum(d) from (select row_number() over (partition by k order by v, id) as r, ' +
              'v - lag(v) over (order by id) as d from t) w',
          ),
        );
        await call('sort', () => rows("select md5(string_agg(s, '' order by s desc, id)) from t"));
        await call('delete', async () => {
          await db.exec('delete from t where k % 7 = 1');
          return rows('select count(*), sum(v) from t');
        });
        await call('vacuum', async () => {
          await db.exec('vacuum full t');
          return rows('select count(*), sum(v), min(s) from t');
        });
      },
      look: () => rows('select md5(string_agg(t::text, chr(10) order by id)), count(*) from t'),
    };
  },
};
