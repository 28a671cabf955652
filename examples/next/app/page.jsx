export const dynamic = 'force-dynamic'

export default function Page() {
  return <h1>It works on Node {process.version}</h1>
}
