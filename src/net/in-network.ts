/** Networks of addresses, as proxy and registry settings name them. */
import { BlockList, isIP } from 'node:net'

/** Tells whether a host is an address in a network, such as 10.0.0.0/8 or fd00::/8. */
export function isInNetwork(
  host: string,
  { network, bits }: { readonly network: string; readonly bits: string },
): boolean {
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, Number(bits), kind)
  return list.check(host, kind)
}
