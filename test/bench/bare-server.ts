/** The floor of the HTTP figures: a fastify route that parses a JSON body and echoes it. */
import Fastify from 'fastify'

const app = Fastify()
app.post('/', async (request) => request.body)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`listening on ${address}\n`)
process.once('SIGTERM', () => void app.close())
