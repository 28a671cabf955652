import 'reflect-metadata'
import { Controller, Get, Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

@Injectable()
class Greetings {
  hello(): { hello: string } {
    return { hello: 'nest' }
  }
}

@Controller()
class HelloController {
  constructor(private readonly greetings: Greetings) {}

  @Get()
  hello(): { hello: string } {
    return this.greetings.hello()
  }

  /** Where this is in the sources: Node reads the source maps that are in the image. */
  @Get('where')
  where(): { stack: string } {
    return { stack: String(new Error('here').stack) }
  }
}

@Module({ controllers: [HelloController], providers: [Greetings] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule)
  app.enableShutdownHooks()
  await app.listen(process.env.PORT ?? 8080)
}

void main()
