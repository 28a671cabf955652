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

  @Get('fail')
  fail(): never {
    throw new Error('asked to fail')
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
