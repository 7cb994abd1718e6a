// Layers of the unfolded projected gradient in reduced coordinates.                                                            [bln-pgp.md section 1]
//   x, momentum  cplx [batch][L][size], size = K*K;  q  cplx [batch][size];  gram  cplx [batch][K][K];  signalWeight  double [batch][K]

// blendRegularizer: lambda := kappa lambda (tau/lambda)^p, tau = sum_k omega_k G_kk/K, in order of k; where either is not positive lambda stays. One thread per
// realization.
KERNEL GROUP_SIZE(GROUP)
void blendRegularizer(
    const int count, const int K, const double scale, const double exponent, GLOBAL const cplx* RESTRICT gram, GLOBAL const double* RESTRICT signalWeight,
    GLOBAL double* RESTRICT regularizer, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= count || status[b] != RUNNING)
    {
        return;
    }

    const double lambda = regularizer[b];
    double tau = 0;
    for (int k = 0; k < K; k++)
    {
        tau += signalWeight[(wide)b * K + k] * gram[((wide)b * K + k) * K + k].x / K;
    }

    if (lambda > 0 && tau > 0)
    {
        regularizer[b] = scale * lambda * EXP(exponent * LOG(tau / lambda));
    }
}

// momentumStep: nu_l := beta nu_l - alpha Q, X_l := X_l + nu_l. One thread per element.
KERNEL GROUP_SIZE(GROUP)
void momentumStep(
    const int L, const int size, const double stepSize, const double retention, GLOBAL const cplx* RESTRICT q, GLOBAL cplx* RESTRICT momentum, GLOBAL cplx* RESTRICT x,
    GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] != RUNNING || i >= size)
    {
        return;
    }

    const wide at = ((wide)b * L + GROUP_Y) * size + i;
    const cplx moved = cplx_axpy(cplx_scale(momentum[at], (real)retention), (real)-stepSize, q[(wide)b * size + i]);
    momentum[at] = moved;
    x[at] = cplx_of(x[at].x + moved.x, x[at].y + moved.y);
}
