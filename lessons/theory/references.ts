/** A paper that is worth reading, under the title and the identifier that it has. */
export interface Reference {
  authors: string;
  title: string;
  /** Where and when it appeared. */
  venue: string;
  /** Its identifier at arXiv, or its address elsewhere. */
  arxiv?: string;
  url?: string;
  /** What it says, in a sentence. */
  note: string;
}

/** Titles and identifiers were compared with those of the papers in November 2026. */
export const REFERENCES: Readonly<Record<string, readonly Reference[]>> = {
  'How to start': [
    {
      authors: 'X. Glorot, Y. Bengio',
      title: 'Understanding the difficulty of training deep feedforward neural networks',
      venue: 'AISTATS 2010',
      url: 'https://proceedings.mlr.press/v9/glorot10a.html',
      note: 'Xavier’s law, and the pictures of activations and gradients that led to it.',
    },
    {
      authors: 'K. He, X. Zhang, S. Ren, J. Sun',
      title: 'Delving deep into rectifiers: surpassing human-level performance on ImageNet classification',
      venue: 'ICCV 2015',
      arxiv: '1502.01852',
      note: 'The factor of two for ReLU, and why it decides over networks of thirty layers.',
    },
    {
      authors: 'D. Mishkin, J. Matas',
      title: 'All you need is a good init',
      venue: 'ICLR 2016',
      arxiv: '1511.06422',
      note: 'Orthogonal weights, then one layer after the other scaled by what data does in it (LSUV).',
    },
    {
      authors: 'A. M. Saxe, J. L. McClelland, S. Ganguli',
      title: 'Exact solutions to the nonlinear dynamics of learning in deep linear neural networks',
      venue: 'ICLR 2014',
      arxiv: '1312.6120',
      note: 'The whole course of learning as a formula: plateaus, sudden steps, and what orthogonal weights change.',
    },
    {
      authors: 'S. S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein',
      title: 'Deep information propagation',
      venue: 'ICLR 2017',
      arxiv: '1611.01232',
      note: 'Order and chaos: between too small and too large there is a line, and networks can be trained near it.',
    },
    {
      authors: 'H. Zhang, Y. N. Dauphin, T. Ma',
      title: 'Fixup initialization: residual learning without normalization',
      venue: 'ICLR 2019',
      arxiv: '1901.09321',
      note: 'Ten thousand layers without batch normalization, by the start alone.',
    },
  ],
  'What the ground is like': [
    {
      authors: 'Y. N. Dauphin, R. Pascanu, C. Gulcehre, K. Cho, S. Ganguli, Y. Bengio',
      title: 'Identifying and attacking the saddle point problem in high-dimensional non-convex optimization',
      venue: 'NeurIPS 2014',
      arxiv: '1406.2572',
      note: 'Where the gradient is 0 and the loss is high, some directions nearly always lead down.',
    },
    {
      authors: 'A. Choromanska, M. Henaff, M. Mathieu, G. Ben Arous, Y. LeCun',
      title: 'The loss surfaces of multilayer networks',
      venue: 'AISTATS 2015',
      arxiv: '1412.0233',
      note: 'Minima of large networks are nearly equally low, under assumptions that real networks do not meet.',
    },
    {
      authors: 'K. Kawaguchi',
      title: 'Deep learning without poor local minima',
      venue: 'NeurIPS 2016',
      arxiv: '1605.07110',
      note: 'A proof for networks without activations: every local minimum is a global one.',
    },
    {
      authors: 'I. Safran, O. Shamir',
      title: 'Spurious local minima are common in two-layer ReLU neural networks',
      venue: 'ICML 2018',
      arxiv: '1712.08968',
      note: 'With ReLU that is not so: small networks end in poor minima often, and more units help.',
    },
    {
      authors: 'H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein',
      title: 'Visualizing the loss landscape of neural nets',
      venue: 'NeurIPS 2018',
      arxiv: '1712.09913',
      note: 'How to draw such maps so that they can be compared, and what shortcuts do to them.',
    },
  ],
  'What lies between two networks': [
    {
      authors: 'T. Garipov, P. Izmailov, D. Podoprikhin, D. Vetrov, A. G. Wilson',
      title: 'Loss surfaces, mode connectivity, and fast ensembling of DNNs',
      venue: 'NeurIPS 2018',
      arxiv: '1802.10026',
      note: 'A curve with one bend leads from one trained network to another without a ridge.',
    },
    {
      authors: 'F. Draxler, K. Veschgini, M. Salmhofer, F. A. Hamprecht',
      title: 'Essentially no barriers in neural network energy landscape',
      venue: 'ICML 2018',
      arxiv: '1803.00885',
      note: 'The same, found at the same time by another way of search.',
    },
    {
      authors: 'J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin',
      title: 'Linear mode connectivity and the lottery ticket hypothesis',
      venue: 'ICML 2020',
      arxiv: '1912.05671',
      note: 'From when on two trainings of one network end without a ridge between them.',
    },
    {
      authors: 'R. Entezari, H. Sedghi, O. Saukh, B. Neyshabur',
      title: 'The role of permutation invariance in linear mode connectivity of neural networks',
      venue: 'ICLR 2022',
      arxiv: '2110.06296',
      note: 'A conjecture: but for the order of the units, all trainings end in one valley.',
    },
    {
      authors: 'S. K. Ainsworth, J. Hayase, S. Srinivasa',
      title: 'Git Re-Basin: merging models modulo permutation symmetries',
      venue: 'ICLR 2023',
      arxiv: '2209.04836',
      note: 'How to find that order; `alignUnits` does it by their weight matching.',
    },
  ],
  'Named on the slides as well': [
    {
      authors: 'M. D. Zeiler, R. Fergus',
      title: 'Visualizing and understanding convolutional networks',
      venue: 'ECCV 2014',
      arxiv: '1311.2901',
      note: 'What filters answer to, layer by layer (lesson 18).',
    },
    {
      authors: 'K. He, X. Zhang, S. Ren, J. Sun',
      title: 'Deep residual learning for image recognition',
      venue: 'CVPR 2016',
      arxiv: '1512.03385',
      note: 'Shortcuts that let gradients through a hundred layers (lesson 11).',
    },
    {
      authors: 'A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, I. Polosukhin',
      title: 'Attention is all you need',
      venue: 'NeurIPS 2017',
      arxiv: '1706.03762',
      note: 'The transformer. It says next to nothing about initial weights.',
    },
  ],
};

const addressOf = ({ arxiv, url }: Reference): string => {
  if (arxiv) return `[arXiv:${arxiv}](https://arxiv.org/abs/${arxiv})`;
  return `[${new URL(url!).host}](${url})`;
};

/** The list as the page has it. */
export const referenceList = (): string =>
  Object.entries(REFERENCES)
    .map(([group, all]) => {
      const lines = all.map((one) => `- ${one.authors}, *${one.title}*, ${one.venue}, ${addressOf(one)}. ${one.note}`);
      return `### ${group}\n\n${lines.join('\n')}`;
    })
    .join('\n\n');
