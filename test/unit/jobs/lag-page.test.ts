import { expect, test } from '@jest/globals'
import { lagPage } from '../../../src/jobs/lag-page.js'

const dataIn = (page: string): unknown =>
  JSON.parse(/<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)![1]!)

test('the page holds its data, whatever names are in it', async () => {
  const series = [{ group: '</script><script>alert(1)</script><!-- $& ', topic: 't', lag: [1], seconds: null }]
  const data = { times: [1], series, interval: 2000 }
  const page = await lagPage(data)
  expect(dataIn(page)).toEqual(data)
  expect(page.match(/<script/g)).toHaveLength((await lagPage({ url: 'x' })).match(/<script/g)!.length)
})

test('or the address from which it takes them', async () => {
  expect(dataIn(await lagPage({ url: 'history.json' }))).toEqual({ url: 'history.json' })
})

test('it loads nothing else', async () => {
  const page = await lagPage({ times: [], series: [], interval: 2000 })
  expect(page).not.toMatch(/<script[^>]+src|<link[^>]+href="(?!data:)|@import|url\(|https?:\/\/(?!www\.w3\.org)/)
})
