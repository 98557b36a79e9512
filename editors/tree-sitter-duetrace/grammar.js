// SPDX-License-Identifier: Apache-2.0
// The grammar of duetrace and bpftrace scripts for tree-sitter. It follows lang/lexer.l and lang/parser.y, but
// takes what they refuse for reasons of meaning. Where those look at the bytes ahead (the end of a predicate, the
// end of a C definition) src/scanner.c does.

const PREC = {
  choice: 1, lor: 2, land: 3, or: 4, xor: 5, and: 6, equal: 7, compare: 8, shift: 9, add: 10, multiply: 11,
  unary: 12, postfix: 13, compound: 14,
};

const BINARY = [
  ['||', PREC.lor], ['&&', PREC.land], ['|', PREC.or], ['^', PREC.xor], ['&', PREC.and],
  ['==', PREC.equal], ['!=', PREC.equal], ['<', PREC.compare], ['<=', PREC.compare], ['>', PREC.compare],
  ['>=', PREC.compare], ['<<', PREC.shift], ['>>', PREC.shift], ['+', PREC.add], ['-', PREC.add],
  ['*', PREC.multiply], ['/', PREC.multiply], ['%', PREC.multiply],
];

const ASSIGN = ['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='];

// A part of an attach point: no blank, and '/' and ':' only where the point has a ':' (see attach_point).
const part = () => choice(/[^\s{}\/,:;"\[]/, /"([^"\\\n]|\\.)*"/, /\[[^\]\n{}\/ \t]*\]/, '[');

const list = (rule) => seq(rule, repeat(seq(',', rule)));
const open_list = (rule) => optional(seq(list(rule), optional(',')));

module.exports = grammar({
  name: 'duetrace',

  extras: $ => [/\s/, $.comment],

  externals: $ => [$._predicate_end, $._c_rest, $._typedef_rest],

  conflicts: $ => [
    // (name) is a value or the type of a cast, (name * and (name[1] too: what follows tells.
    [$._primary, $._named_type],
  ],

  rules: {
    source_file: $ => seq(optional($.shebang), repeat($._section)),

    _section: $ => choice(
      $.directive, $.c_definition, $.config, $.rule, $.dataset, $.import, $.map_declaration, $.macro, $.function,
      $.probe,
    ),

    comment: $ => token(choice(/\/\/[^\n]*/, /\/\*[^*]*\*+([^\/*][^*]*\*+)*\//)),

    shebang: $ => token(prec(2, /#![^\n]*/)),

    directive: $ => token(prec(1, /#([^\n\\]|\\(.|\n))*/)),

    c_definition: $ => choice(
      seq(choice('struct', 'union', 'enum'), $._c_rest),
      seq('typedef', $._typedef_rest),
    ),

    config: $ => seq('config', '=', '{', repeat(seq(optional($.setting), ';')), optional($.setting), '}',
      optional(';')),

    rule: $ => seq('rule', $.identifier, '=', '{', repeat(seq(optional($.setting), ';')), optional($.setting), '}',
      optional(';')),

    setting: $ => seq($.identifier, '=', choice($.number, $.boolean, $.string, $.identifier)),

    dataset: $ => seq('dataset', $.identifier, '=', choice(
      seq('{', open_list($.string), '}', optional(';')),
      seq($.identifier, '(', $.string, ')', ';'),
    )),

    import: $ => seq('import', $.string, ';'),

    map_declaration: $ => seq('let', $.map, '=', $.call, ';'),

    macro: $ => seq('macro', $.identifier, '(', optional(list($._macro_parameter)), ')', $.block),

    _macro_parameter: $ => choice($.variable, $.map, $.identifier, $.primitive_type),

    function: $ => seq('fn', $.identifier, '(', optional(list($.parameter)), ')', ':', $._type, $.block),

    parameter: $ => seq($.variable, ':', $._type),

    probe: $ => seq(list($.attach_point), optional(','), optional($.predicate), $.block),

    attach_point: $ => token(choice(
      repeat1(part()),
      seq(repeat(part()), ':', repeat(choice(part(), /[:\/]/))),
    )),

    predicate: $ => seq('/', $._expression, $._predicate_end),

    block: $ => seq('{', repeat(choice(seq($._statement, ';'), $._compound, ';')), optional($._statement), '}'),

    _compound: $ => prec(PREC.compound, choice($.if, $.block, $.while, $.unroll, $.for, $.emit)),

    if: $ => seq('if', $._expression, $.block, optional($.else)),

    else: $ => seq('else', choice($.block, $.if)),

    while: $ => seq('while', $._expression, $.block),

    unroll: $ => seq('unroll', $._expression, $.block),

    for: $ => seq('for', choice($._loop, seq('(', $._loop, ')')), $.block),

    _loop: $ => seq($.variable, ':', choice($._postfix, $.range)),

    range: $ => seq($._postfix, '..', $._postfix),

    // emit NAME { fields } and alert NAME { fields }
    emit: $ => seq($.identifier, $.identifier, '{', open_list($._field), '}'),

    _field: $ => choice($._expression, $.named),

    named: $ => seq($.identifier, '=', $._expression),

    _statement: $ => choice($._expression, $.assignment, $.let, $.break, $.continue, $.return),

    assignment: $ => seq($._postfix, choice(...ASSIGN), $._expression),

    let: $ => seq('let', $.variable, optional(seq(':', $._type)), optional(seq('=', $._expression))),

    break: $ => 'break',

    continue: $ => 'continue',

    return: $ => seq('return', optional($._expression)),

    _expression: $ => choice($._unary, $.binary, $.membership, $.conditional),

    binary: $ => choice(...BINARY.map(([operator, level]) =>
      prec.left(level, seq($._expression, operator, $._expression)))),

    membership: $ => prec.left(PREC.compare, seq($._expression, 'in', $.identifier)),

    conditional: $ => choice(
      prec.right(PREC.choice, seq($._expression, '?', $._expression, ':', $._expression)),
      prec.right(PREC.choice, seq($._expression, '?:', $._expression)),
    ),

    _unary: $ => choice($._postfix, $.unary, $.cast),

    unary: $ => prec(PREC.unary, seq(choice('-', '!', '~', '*', '&', '++', '--', 'comptime'), $._unary)),

    // (x) - 1 is a difference.
    cast: $ => prec.dynamic(-1, prec(PREC.unary, seq('(', $._type, ')', $._unary))),

    _postfix: $ => choice($._primary, $.member, $.subscript, $.step),

    member: $ => prec(PREC.postfix, seq($._postfix, choice('.', '->'), $._member_name)),

    _member_name: $ => alias(choice(
      $.identifier, $.number, $.primitive_type, 'if', 'else', 'while', 'unroll', 'for', 'break', 'continue',
      'return', 'let', 'struct', 'union', 'enum', 'sizeof', 'offsetof', 'typeof', 'comptime',
    ), $.field),

    subscript: $ => prec(PREC.postfix, seq($._postfix, '[', list($._expression), ']')),

    step: $ => prec(PREC.postfix, seq($._postfix, choice('++', '--'))),

    _primary: $ => choice(
      $.variable, $.map, $.number, $.boolean, $.string, $.parameter_value, $.parameter_count, $.identifier, $.call,
      $.sizeof, $.offsetof, $.block, $.if, $.parenthesized, $.tuple, $.record,
    ),

    call: $ => prec(PREC.postfix, seq($.identifier, '(', optional(list($._argument)), ')')),

    _argument: $ => choice($._expression, $._sure_type),

    sizeof: $ => seq('sizeof', '(', $._argument, ')'),

    offsetof: $ => seq('offsetof', '(', $._argument, ',', $._member_name, repeat(seq('.', $._member_name)), ')'),

    parenthesized: $ => seq('(', $._expression, ')'),

    tuple: $ => choice(
      seq('(', ')'),
      seq('(', $._expression, ',', ')'),
      seq('(', $._expression, repeat1(seq(',', $._expression)), optional(','), ')'),
    ),

    record: $ => seq('(', list($.named), optional(','), ')'),

    _type: $ => choice($._sure_type, $._named_type, $.tuple_type),

    _sure_type: $ => choice($.primitive_type, $.tagged_type, $.typeof, $.pointer_type, $.array_type),

    _named_type: $ => alias($.identifier, $.type_name),

    tagged_type: $ => seq(choice('struct', 'union', 'enum'), alias($.identifier, $.type_name)),

    typeof: $ => seq('typeof', '(', $._argument, ')'),

    pointer_type: $ => seq($._type, '*'),

    array_type: $ => seq($._type, '[', optional($._expression), ']'),

    tuple_type: $ => seq('(', list($._type), optional(','), ')'),

    primitive_type: $ => choice(
      'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64',
    ),

    boolean: $ => choice('true', 'false'),

    variable: $ => /\$[_a-zA-Z][_a-zA-Z0-9]*/,

    map: $ => /@([_a-zA-Z][_a-zA-Z0-9]*)?/,

    parameter_value: $ => /\$[0-9]+/,

    parameter_count: $ => '$#',

    number: $ => /[0-9][_0-9a-zA-Z]*/,

    identifier: $ => /[_a-zA-Z][_a-zA-Z0-9]*/,

    string: $ => seq('"', repeat(choice($._text, $.escape, $.conversion)), token.immediate('"')),

    _text: $ => token.immediate(prec(1, /[^"\\%\n]+|%/)),

    escape: $ => token.immediate(prec(1, /\\(x[0-9a-fA-F][0-9a-fA-F]?|[0-7][0-7]?[0-7]?|.)/)),

    // %d, %-10s, %llx, %%
    conversion: $ => token.immediate(prec(2, /%[-+ 0#]*[0-9]*(\.[0-9]+)?(%|(hh?|ll?|[jzt])?[a-zA-Z])/)),
  },
});
