/** Debian's packages as components of an image. */
import { parseParagraph } from '../format/control.ts'
import { type ComponentReader, purlPart } from '../report/component.ts'
import { asDeb } from './normaliser.ts'

/** Describes Debian's packages by their control files. Licences are in `usr/share/doc/<package>/copyright`, as text. */
export const debianComponents: ComponentReader = {
  as: asDeb,
  read: (_info, control) => {
    const fields = parseParagraph(Buffer.from(control.get('control') ?? []).toString('utf8'))
    const [name, version, architecture = 'all'] = ['package', 'version', 'architecture'].map((key) => fields.get(key))
    if (name === undefined || version === undefined) return undefined
    const purl = `pkg:deb/debian/${purlPart(name)}@${purlPart(version)}?arch=${architecture}`
    return { group: 'debian', name, version, purl }
  },
}
