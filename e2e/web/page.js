// Drives Uppy from inside the page: one file of eight parts or a small one, a
// pause after the first part, and a report to the test at the end.

// bytes are the same as in e2e/uppy_test.go.
function bytes(size) {
  const out = new Uint8Array(size)
  let x = 12345
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0
    out[i] = x >>> 16
  }
  return out
}

export async function run(uppy) {
  const { size, name, relativePath, pause } = window.plan
  const report = { parts: 0, atResume: 0, errors: [] }
  const log = window.console.error
  window.console.error = (...args) => { report.errors.push(args.map(String).join(' ')); log(...args) }
  try {
    uppy.on('upload-error', (_file, error) => report.errors.push(String(error)))
    uppy.on('s3-multipart:part-uploaded', () => {
      report.parts++
      if (pause && report.parts === 1) {
        uppy.pauseAll()
        setTimeout(() => {
          report.atResume = report.parts
          uppy.resumeAll()
        }, 500)
      }
    })
    uppy.addFile({
      name, type: 'application/octet-stream', data: new Blob([bytes(size)]), meta: { relativePath, caption: 'Größe 7' },
    })
    const done = await uppy.upload()
    report.stored = done.successful.length
    report.url = done.successful[0]?.uploadURL ?? ''
  } catch (error) {
    report.errors.push(String(error?.stack ?? error))
  }
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) })
}
