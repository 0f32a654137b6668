(function () {
  'use strict';
  function raw(cell) { return cell.hasAttribute('data-value') ? cell.getAttribute('data-value') : cell.textContent; }
  function field(text) {
    if (/^[=+\-@\t\r]/.test(text) && text !== '-' && (text.trim() === '' || isNaN(Number(text)))) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv(table) {
    var lines = [Array.from(table.tHead.rows[0].cells).map(function (head) { return field(head.getAttribute('data-name')); })];
    Array.from(table.tBodies[0].rows).forEach(function (row) { lines.push(Array.from(row.cells).map(function (cell) { return field(raw(cell)); })); });
    return lines.map(function (line) { return line.join(',') + '\n'; }).join('');
  }
  function download(table) {
    var link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csv(table)], { type: 'text/csv;charset=utf-8' }));
    link.download = table.getAttribute('data-name') + '.csv';
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  function compare(a, b) {
    if (a === '' || b === '') return a === b ? 0 : (a === '' ? 1 : -1) * 2;
    var x = Number(a), y = Number(b);
    return isNaN(x) || isNaN(y) ? (a < b ? -1 : a > b ? 1 : 0) : x - y;
  }
  function sort(table, column) {
    var head = table.tHead.rows[0].cells[column];
    var down = head.getAttribute('aria-sort') === 'ascending';
    var rows = Array.from(table.tBodies[0].rows).map(function (row) { return [raw(row.cells[column]), row]; });
    rows.sort(function (a, b) {
      var order = compare(a[0], b[0]);
      return down && a[0] !== '' && b[0] !== '' ? -order : order;
    });
    rows.forEach(function (pair) { table.tBodies[0].appendChild(pair[1]); });
    Array.from(table.tHead.rows[0].cells).forEach(function (cell) { cell.removeAttribute('aria-sort'); });
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  }
  Array.from(document.querySelectorAll('table')).forEach(function (table) {
    var name = table.caption.textContent;
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      button.addEventListener('click', function () { sort(table, column); });
      head.textContent = '';
      head.appendChild(button);
    });
    var save = document.createElement('button');
    save.type = 'button';
    save.className = 'save';
    save.textContent = 'CSV';
    save.setAttribute('aria-label', 'Download ' + name + ' as CSV');
    save.addEventListener('click', function () { download(table); });
    table.parentNode.parentNode.insertBefore(save, table.parentNode);
  });
  var closed = [];
  window.addEventListener('beforeprint', function () {
    closed = Array.from(document.querySelectorAll('details:not([open])'));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener('afterprint', function () { closed.forEach(function (one) { one.open = false; }); });
})();
