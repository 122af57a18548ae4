// Reads Parquet files with hyparquet and compares them with JSON Lines.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { readFileSync } from 'node:fs'

const folder = process.argv[2]
for (const name of ['claims', 'values', 'trainings', 'points']) {
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(`${folder}/${name}.parquet`) })
  const lines = readFileSync(`${folder}/${name}.jsonl`, 'utf8').trimEnd().split('\n')
  if (rows.length !== lines.length || rows.length === 0) throw new Error(`${name}: ${rows.length} rows, ${lines.length} lines`)
  lines.forEach((line, i) => {
    const want = JSON.parse(line)
    if (Object.keys(want).join() !== Object.keys(rows[i]).join()) throw new Error(`${name} row ${i}: ${Object.keys(rows[i])}`)
    for (const [key, value] of Object.entries(want)) {
      const have = typeof rows[i][key] === 'bigint' ? Number(rows[i][key]) : rows[i][key] ?? null
      if (have !== value) throw new Error(`${name} row ${i}: ${key} is ${have}, expected ${value}`)
    }
  })
  console.log(`hyparquet: ${name}.parquet: ${rows.length} rows equal to the JSON Lines`)
}
