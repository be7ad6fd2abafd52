// The constants of mish (Formats/transforms/mlp.md).
#ifndef EMB_NETWORK_H
#define EMB_NETWORK_H

#define EMB_LOG2_E 0x1.715476p+0f
#define EMB_LN2_HIGH 0x1.62e4p-1f
#define EMB_LN2_LOW 0x1.7f7d1cp-20f
#define EMB_EXP_TERMS 8

/// 1 / k! for k = 7 ... 0.
static const float emb_exp_terms[EMB_EXP_TERMS] = {0x1.a01a02p-13f, 0x1.6c16c2p-10f, 0x1.111112p-7f, 0x1.555556p-5f,
                                                   0x1.555556p-3f,  0x1p-1f,         1,              1};

#endif
