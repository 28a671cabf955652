import process from 'node:process'
import { seconds } from '@example/shared'
import { Cron } from 'croner'

const job = new Cron('* * * * * *', () => console.log(`a day has ${seconds('1 day')} seconds`))

process.once('SIGTERM', () => job.stop())
