// Measures a page in the browser: charts, texts, contrast, structure. The last expression gives a list of what is wrong.
(function () {
  'use strict';
  var wrong = [];
  function box(element) { return element.getBoundingClientRect(); }
  function told(element) { return element.tagName + ' "' + (element.textContent || '').trim().slice(0, 40) + '"'; }
  function parse(color) {
    var parts = (color.match(/[\d.]+/g) || []).map(Number);
    return color === 'transparent' || color === 'none' || parts.length < 3 ? null : { rgb: parts.slice(0, 3), a: parts.length > 3 ? parts[3] : 1 };
  }
  function over(top, below) { return top.rgb.map(function (v, i) { return v * top.a + below[i] * (1 - top.a); }); }
  function luminance(rgb) {
    var c = rgb.map(function (v) { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
  }
  function contrast(a, b) {
    var x = luminance(a), y = luminance(b);
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  }
  // What is painted behind an element of HTML: backgrounds of its ancestors, the outermost first.
  function behind(element) {
    var out = [255, 255, 255], path = [];
    for (var e = element; e; e = e.parentElement) path.unshift(e);
    path.forEach(function (e) { var c = parse(getComputedStyle(e).backgroundColor); if (c) out = over(c, out); });
    return out;
  }
  function shapes(svg) { return Array.from(svg.querySelectorAll('rect, polygon, polyline, line, path, circle')); }
  // The last filled shape before a text that covers its middle.
  function behindText(svg, text) {
    var at = box(text), x = at.left + at.width / 2, y = at.top + at.height / 2, out = behind(svg);
    shapes(svg).forEach(function (shape) {
      if (!(shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING) || shape.tagName === 'line' || shape.tagName === 'polyline') return;
      var b = box(shape), c = parse(getComputedStyle(shape).fill);
      if (c && b.left <= x && x <= b.right && b.top <= y && y <= b.bottom) out = over({ rgb: c.rgb, a: c.a * Number(getComputedStyle(shape).opacity) }, out);
    });
    return out;
  }
  function inside(a, b, slack) { return a.left >= b.left - slack && a.right <= b.right + slack && a.top >= b.top - slack && a.bottom <= b.bottom + slack; }
  function meet(a, b) { return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3; }

  Array.from(document.querySelectorAll('svg')).forEach(function (svg) {
    var figure = svg.closest('figure'), name = figure ? figure.id : 'a chart outside a figure', frame = box(svg);
    if (!figure) wrong.push(name);
    if (frame.width < 200 || frame.height < 60) wrong.push(name + ': drawn as ' + frame.width + ' x ' + frame.height);
    if (figure && !inside(frame, Object.assign({}, { left: box(figure).left, right: Math.max(box(figure).right, box(figure).left + figure.querySelector('.chart').scrollWidth), top: box(figure).top, bottom: box(figure).bottom }), 1)) wrong.push(name + ': not within its box');
    var drawn = shapes(svg).filter(function (s) { var b = box(s); return b.width > 0 || b.height > 0; });
    if (drawn.length < 3) wrong.push(name + ': only ' + drawn.length + ' shapes');
    drawn.forEach(function (s) { if (!inside(box(s), frame, 1)) wrong.push(name + ': a ' + s.tagName + ' is drawn outside'); });
    svg.querySelectorAll('line, polyline').forEach(function (s) {
      var style = getComputedStyle(s);
      if (!parse(style.stroke) || (s.tagName === 'polyline' && parse(style.fill))) wrong.push(name + ': a ' + s.tagName + ' with class "' + s.getAttribute('class') + '" is not drawn as a line');
    });
    svg.querySelectorAll('rect, polygon').forEach(function (s) {
      if (getComputedStyle(s).fill === 'rgb(0, 0, 0)') wrong.push(name + ': a ' + s.tagName + ' with class "' + s.getAttribute('class') + '" has no look');
    });
    var texts = Array.from(svg.querySelectorAll('text')).filter(function (t) { return t.textContent.trim() !== ''; });
    if (texts.length < 2) wrong.push(name + ': no words');
    texts.forEach(function (t, i) {
      if (!inside(box(t), frame, 1)) wrong.push(name + ': "' + t.textContent + '" is cut off');
      for (var k = 0; k < i; ++k) if (meet(box(t), box(texts[k]))) wrong.push(name + ': "' + t.textContent + '" is drawn over "' + texts[k].textContent + '"');
      var ratio = contrast(parse(getComputedStyle(t).fill).rgb, behindText(svg, t));
      if (ratio < 4.5) wrong.push(name + ': "' + t.textContent + '" has a contrast of ' + ratio.toFixed(2));
    });
  });

  var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), node;
  while ((node = walker.nextNode())) {
    var e = node.parentElement;
    if (node.textContent.trim() === '' || e.closest('svg, script, style, .hidden, .skip') || box(e).width === 0) continue;
    var style = getComputedStyle(e), size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    var ratio = contrast(parse(style.color).rgb, behind(e));
    if (ratio < (large ? 3 : 4.5)) wrong.push(told(e) + ' has a contrast of ' + ratio.toFixed(2));
  }

  function need(condition, text) { if (!condition) wrong.push(text); }
  need(document.documentElement.lang, 'no language');
  need(document.title.trim(), 'no title');
  need(document.querySelectorAll('main').length === 1, 'not one main part');
  need(document.querySelectorAll('header').length >= 1 && document.querySelectorAll('footer').length >= 1, 'no header or footer');
  var level = 0;
  Array.from(document.querySelectorAll('h1, h2, h3, h4, h5, h6')).forEach(function (h) {
    var now = Number(h.tagName[1]);
    need(now <= level + 1, 'heading ' + told(h) + ' skips a level');
    need(h.textContent.trim() !== '', 'an empty heading');
    level = now;
  });
  need(document.querySelectorAll('h1').length === 1, 'not one h1');
  var ids = {};
  Array.from(document.querySelectorAll('[id]')).forEach(function (one) { need(!ids[one.id], 'id ' + one.id + ' twice'); ids[one.id] = true; });
  Array.from(document.querySelectorAll('button, a[href], summary')).forEach(function (one) {
    need((one.getAttribute('aria-label') || one.textContent).trim() !== '', 'a ' + one.tagName + ' has no name');
    if (one.tagName === 'A') need(one.getAttribute('href')[0] === '#' && document.getElementById(one.getAttribute('href').slice(1)), 'a link leads nowhere: ' + one.getAttribute('href'));
  });
  Array.from(document.querySelectorAll('table')).forEach(function (table) {
    need(table.caption && table.caption.textContent.trim() !== '', 'a table has no caption');
    Array.from(table.querySelectorAll('th')).forEach(function (th) {
      need(th.getAttribute('scope'), 'a header of ' + table.caption.textContent + ' has no scope');
      need(th.closest('tbody') || th.textContent.trim() !== '' || th.getAttribute('aria-label'), 'an empty header in ' + table.caption.textContent);
    });
  });
  Array.from(document.querySelectorAll('svg')).forEach(function (svg) {
    var label = (svg.getAttribute('aria-labelledby') || '').split(' ').map(function (id) { var one = document.getElementById(id); return one ? one.textContent.trim() : ''; });
    need(svg.getAttribute('role') === 'img' && label.length && label.every(Boolean), 'a chart has no text in place of it');
    need(svg.closest('figure').querySelector('table'), 'a chart has no table beside it');
  });
  Array.from(document.querySelectorAll('.scroll')).forEach(function (one) {
    if (one.scrollWidth > one.clientWidth + 1) need(one.tabIndex >= 0 && (one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')), 'what scrolls cannot be reached by keys: ' + told(one));
  });
  need(document.scrollingElement.scrollWidth <= window.innerWidth, 'the page is wider than the window: ' + document.scrollingElement.scrollWidth + ' of ' + window.innerWidth);
  return wrong;
})()
