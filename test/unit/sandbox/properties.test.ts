import { expect, test } from '@jest/globals'
import { serverProperties } from '../../../src/sandbox/properties.js'
import { needsZooKeeper } from '../../../src/sandbox/zookeeper.js'

const brokers = [1, 2, 3, 4].map((id) => ({ id, port: 9091 + id }))
const layout = {
  folder: '/tmp/größe',
  brokers,
  brokerPorts: null,
  controllerPorts: [20_001, 20_002, 20_003, 20_004],
  zooKeeper: false,
  bind: '127.0.0.1',
  settings: ['log.segment.bytes=1048576', 'broker.rack=a\\b']
}

test("a broker's properties: its own addresses, everybody's voters, three replicas at most", async () => {
  const lines = (await serverProperties(brokers[1]!, layout)).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'process.roles=broker,controller',
      'auto.create.topics.enable=false',
      'node.id=2',
      'controller.quorum.voters=1@127.0.0.1:20001,2@127.0.0.1:20002,3@127.0.0.1:20003,4@127.0.0.1:20004',
      'listeners=CLIENT://127.0.0.1:9093,CONTROLLER://127.0.0.1:20002',
      'advertised.listeners=CLIENT://127.0.0.1:9093',
      'default.replication.factor=3'
    ])
  )
})

test('of a Kafka that needs ZooKeeper: that is its controller', async () => {
  const lines = (await serverProperties(brokers[1]!, { ...layout, zooKeeper: true })).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining(['broker.id=2', 'zookeeper.connect=127.0.0.1:20001', 'listeners=CLIENT://127.0.0.1:9093'])
  )
  expect(lines.filter((line) => /^(process\.roles|controller\.|node\.id)/.test(line))).toEqual([])
  expect(['2.8.2', '3.2.3', '3.3.0', '3.10.0', '4.1.1'].map(needsZooKeeper)).toEqual([true, true, false, false, false])
})

test('a secured one lets clients in by SCRAM, and brokers by their certificates', async () => {
  const lines = (await serverProperties(brokers[1]!, { ...layout, brokerPorts: [1, 2, 3, 4] })).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'listeners=CLIENT://127.0.0.1:9093,BROKERS://127.0.0.1:2,CONTROLLER://127.0.0.1:20002',
      'listener.security.protocol.map=CLIENT:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL',
      'ssl.keystore.location=/tmp/gr\\u00f6\\u00dfe/brokers.pem'
    ])
  )
})

test('text is itself to Java, which reads Latin-1 with escapes', async () => {
  const text = await serverProperties(brokers[0]!, layout)
  expect(text).toContain('log.dirs=/tmp/gr\\u00f6\\u00dfe/1/data\n')
  expect(text).toContain('broker.rack=a\\\\b\n')
})

test('what is set comes last, where it wins', async () => {
  const lines = (await serverProperties(brokers[0]!, layout)).trimEnd().split('\n')
  expect(lines.slice(-2)[0]).toBe('log.segment.bytes=1048576')
})
