/**
 * What in a free text may mean an opt-out, in the spelling of `normaliseText`. Data like the lists.
 * A bare cue word is common in ordinary texts (0.75 % of them hold `stop`), so it counts where the
 * text is about messages, or is hardly more than the word itself.
 */

/** What people call what they no longer want. */
const messages = [
  'text(s|ing|ed)?|txt(s|ing)?|messag(e|es|ing)|msgs?|sms|mms|rcs|e?mails?|emailing',
  'notifications?|alerts?|updates?|offers?|promos?|promotions?|ads?|advertis\\w*|marketing',
  'newsletters?|contact(ing)?|spam(ming)?|sending|writing|bother(ing)?|harass(ing)?',
  'subscriptions?|list',
].join('|')

const mine = '(name|number|phone|info|details|data)'
const verbs = '(contact|text|txt|message|msg|email|call|bother|spam|send)'
const fillers =
  '(all|the|these|those|this|my|any|your|ur|with|sending|getting|receiving|me|from|to)'
const objects = '(me|us|this|to|any|these|those|it|them|anymore|ever|again)'
const contracts = '(appointment|subscription|membership|account|service|plan|signup)'

const phrases = [
  'unsubscri\\w*',
  'unsub',
  'opt(ed|ing)? (me )?out',
  'optout',
  'stop2quit',
  'revok(e|ed|ing)( \\w+)? (consent|permission|authori[sz]ation)',
  `(take|get|remove|delete|drop|scratch|leave) (me|us|my ${mine})( \\w+)? (off|from|out of)`,
  `(remove|delete|erase) (me|my ${mine})`,
  'lose (my|this) (number|phone)',
  'leave (me|us) alone',
  `(do not|dont|dnt|never|quit|no longer|stop) (\\w+ )?${verbs}(ing)?( ${objects})`,
  `no more (\\w+ )?(${messages})`,
  `not interested (anymore |any more )?(in )?(${messages})`,
  `(stop|end|cancel|quit|revoke|block|terminate) (${fillers} ){0,4}(${messages})`,
  'stop (it|this|that|already|now|asap|please|pls|plz|immediately|thanks|thank you)$',
  'wrong (number|person)',
  '(is|this|are|as|its|your|reported?|mark|for|of) (a |as )?(spam|scam)',
  '(spam|scam)(mer|mers|ming)?$',
  'report(ing|ed)? (you|this|u|to the (fcc|ftc|police))',
  '(my|a) (lawyer|attorney|solicitor)',
  `cancel (my|the|our|this) (\\w+ )?${contracts}`,
  // French.
  'desabonn\\w*|desinscri\\w*|ne plus (me |nous )?(recevoir|envoyer|contacter|ecrire)',
  'arrete[rz]? (de |les |vos |ces )',
  // Spanish.
  '(darme|dar|dame|denme|darse) de baja|no (me )?(envi\\w+|mand\\w+|contact\\w+) mas',
  'no quiero (recibir )?mas (mensajes|sms|correos)',
  'dejen de (enviar|mandar|escribir|molestar)\\w*',
  // Portuguese.
  'descadastr\\w*|(pare|parem|parar) de (me )?(enviar|mandar)',
  'nao (me )?(envi\\w+|mand\\w+) mais',
  // German.
  'abmelden|abbestell\\w*|austragen',
  'keine (\\w+ )?(nachrichten|sms|werbung|mails?|newsletter)',
  // Italian.
  'disiscri\\w*|cancellami|cancellatemi|(basta|niente) (sms|messaggi|pubblicita)',
  // Dutch.
  'afmelden|uitschrijven|geen (sms|berichten|reclame)( meer)?',
]
const anyPhrase = new RegExp(`(^|[^\\p{L}\\p{N}])(${phrases.join('|')})($|[^\\p{L}\\p{N}])`, 'u')

/** One of these with at most two words around it is hardly said of anything else. */
const short = [
  'stopp?|arret|arretez?|baja|parar|pare|alto|basta|cancelar|cancel|quit|revoke|unsub',
  'unsubscribe|remove|spam|scam',
].join('|')
const startsShort = new RegExp(`^((please|pls|plz|just|ok|yes|no) )?(${short})( \\S+){0,2}$`)
const endsShort = new RegExp(`^(\\S+ ){1,2}(${short})$`)

/** Said of buses, of music and of oneself. */
const beforeStop = [
  'dont|didnt|wont|cant|never|not|non|bus|full|pit|tube|train|tram|first|last|next|one|quick|short',
  'rest|to|you|i|we|will|gonna',
].join('|')
const afterStop = [
  'by|at|off|over|in|for|on|here|there|outside|near|worrying|crying|laughing|smiling|being',
].join('|')
const harmless = new RegExp(
  `\\b((${beforeStop}) stop|stop (${afterStop})|(quit|remove) (smoking|my job|his|her|it))\\b`,
)

/** Some of these letters are in every cue: a look at them spares most texts the whole search. */
const hints = new RegExp(
  [
    'stop|subscri|unsub|opt|revo|remov|delet|eras|take me|take us|get me|drop|scratch|leave|lose',
    'contact|text|txt|mess|msg|mail|call|send|no more|not inter|end |cancel|quit|block|termin',
    'wrong|spam|scam|report|lawyer|attorney|solicitor|desabon|desins|ne plus|arret|baja|no |dej',
    'descad|par[ae]|nao|abmeld|abbest|austrag|keine|disisc|basta|niente|afmeld|uitschr|geen|alto',
  ].join('|'),
)

/**
 * The rule by which a normalised text may mean an opt-out; null for an ordinary one. Never an
 * opt-out by itself: a person decides.
 */
export function optOutCueIn(normalised: string): string | null {
  if (!hints.test(normalised)) return null
  if (anyPhrase.test(normalised)) return 'cue/phrase'
  if (harmless.test(normalised)) return null
  return startsShort.test(normalised) || endsShort.test(normalised) ? 'cue/short' : null
}
