const answer = await fetch('/api/hello')
const { hello } = await answer.json()
document.querySelector('#hello').textContent = `Hello, ${hello}`
