import type { Client } from '../client.js';

interface Database {
  exec(sql: string): { readonly values: readonly unknown[][] }[];
  run(sql: string): void;
  export(): Uint8Array;
  close(): void;
}
type InitSqlJs = () => Promise<{ readonly Database: new (bytes?: Uint8Array) => Database }>;

const NUMBERS = 'with recursive n(i) as (select 1 union all select i + 1 from n where i <';
const ROWS = 60_000;

/** SQLite. Its pages are cached in the heap. */
export const sqlJs: Client = {
  name: 'sql.js',
  threads: false,
  pageTables: true,
  async start(load) {
    const SQL = await (load('sql.js') as InitSqlJs)();
    const db = new SQL.Database();
    const rows = (sql: string): unknown => db.exec(sql).map(({ values }) => values);
    db.run('pragma cache_size = -100000');
    return {
      async work(call) {
        await call('create', () =>
          rows('drop table if exists t; drop table if exists u; drop table if exists b'),
        );
        await call('insert', () => {
          db.run('create table t (id integer primary key, k int, v real, s text)');
          db.run(
            `insert into t ${NUMBERS} ${ROWS}) ` +
              'select i, (i * 7919) % 1000, ((i * 104729) % 100003) / 7.0, hex(i * 1234567891) || hex(i) from n',
          );
          return rows('select count(*), sum(v), min(s), max(s) from t');
        });
        await call('index', () => rows('create index t_s on t (s); create index t_k on t (k, v)'));
        await call('group', () =>
          rows('select k, count(*), sum(v) from t group by k order by 3 desc limit 50'),
        );
        await call('join', () =>
          rows(
            'select a.k, count(*) from t a join t b on a.id = b.id + 17 where a.v > b.v group by 1 order by 2 desc, 1',
          ),
        );
        // 24 MiB: the heap grows.
        await call('large', () => {
          db.run(
            `create table b as ${NUMBERS} 6000) select i, printf('%.*c', 4096, char(65 + i % 26)) as c from n`,
          );
          return rows('select sum(length(c)), count(distinct c) from b');
        });
        await call('update', () => {
          db.run("update t set v = v * 2, s = s || '-' || k where k % 3 = 0");
          return rows('select count(*), sum(v), max(s) from t');
        });
        await call('window', () =>
          rows(
            'select max(r), sum(d) from (select row_number() over (partition by k order by v, id) as r, ' +
              'v - lag(v) over (order by id) as d from t)',
          ),
        );
        await call('sort', () =>
          rows('create table u as select s, id from t order by s desc, id; select * from u limit 40'),
        );
        await call('delete', () => {
          db.run('delete from t where k % 7 = 1; delete from b where i % 2 = 0');
          return rows('select count(*), sum(v) from t union all select count(*), sum(length(c)) from b');
        });
        await call('vacuum', () => rows('vacuum; pragma integrity_check'));
        await call('export', () => db.export());
        await call('open the export', () => {
          const copy = new SQL.Database(db.export());
          const answer = copy.exec('select count(*), sum(v), min(s) from t; pragma integrity_check');
          copy.close();
          return answer.map(({ values }) => values);
        });
      },
      look: () => [db.export(), rows('pragma integrity_check')],
    };
  },
};
