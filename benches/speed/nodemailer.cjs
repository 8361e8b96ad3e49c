// nodemailer's pool at the given number of connections, composing each mail from texts of the same size. No record is kept.
const nodemailer = require('nodemailer');
const fs = require('fs');
const [port, connections, mails] = process.argv.slice(2, 5).map(Number);
const { subject, text, html } = JSON.parse(fs.readFileSync(process.argv[5], 'utf8'));
const pool = nodemailer.createTransport({
  pool: true, host: '127.0.0.1', port, secure: false, ignoreTLS: true, maxConnections: connections, maxMessages: Infinity,
});
(async () => {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  let next = 0, sent = 0;
  const worker = async () => {
    while (next < mails) {
      const i = next++;
      await pool.sendMail({
        from: { name: 'Sở Thử', address: 'loa@so.example' },
        to: { name: `Người Mẫu ${i}`, address: `p${i}@khach.example` },
        subject, text: text.replaceAll('{name}', `Người Mẫu ${i}`), html: html.replaceAll('{name}', `Người Mẫu ${i}`),
      });
      sent++;
    }
  };
  // Enough of them that every connection always has a mail waiting.
  await Promise.all(Array.from({ length: connections * 4 }, worker));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  pool.close();
  console.log(JSON.stringify({
    sent, rate: sent / seconds, cpu_us: (used.user + used.system) / sent, memory: process.resourceUsage().maxRSS * 1024,
  }));
})();
