using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>What a node proves itself with, and whom it believes. Immutable: connections keep what they began with.</summary>
internal sealed record TlsMaterial(SslStreamCertificateContext Own, X509Certificate2 OwnCertificate, X509Certificate2Collection Authorities);

/// <summary>
/// The certificates of a node, read from files and read again when those change, so that short-lived certificates need no restart. Used
/// from any thread, when a connection is made.
/// </summary>
public sealed class TlsCredentials
{
    private readonly TlsOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private TlsMaterial _material;
    private string _seen;
    private long _lastLook;

    /// <summary>Reads the files.</summary>
    /// <exception cref="TransportConfigurationException">A file is missing, unreadable or does not hold what it should.</exception>
    public TlsCredentials(TlsOptions options, ILogger logger, TimeProvider? clock = null)
    {
        _options = options;
        _logger = logger;
        _clock = clock ?? TimeProvider.System;
        try
        {
            _seen = Fingerprint();
            _material = Load();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new TransportConfigurationException($"TLS is on, but its files cannot be used: {cause.Message}", cause);
        }

        _lastLook = _clock.GetTimestamp();
        LogLoaded();
    }

    public TlsOptions Options => _options;

    /// <summary>The newest usable certificates. Files that are half written, or wrong, leave the old ones in use.</summary>
    internal TlsMaterial Current
    {
        get
        {
            lock (_gate)
            {
                if (_clock.GetElapsedTime(_lastLook) >= _options.ReloadInterval)
                {
                    _lastLook = _clock.GetTimestamp();
                    ReloadIfChanged();
                }

                return _material;
            }
        }
    }

    private void ReloadIfChanged()
    {
        try
        {
            string now = Fingerprint();
            if (now != _seen)
            {
                _material = Load();
                _seen = now;
                LogLoaded();
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or CryptographicException)
        {
            TransportLog.CertificatesStale(_logger, cause.Message);
        }
    }

    private void LogLoaded() =>
        TransportLog.CertificatesLoaded(_logger, _options.CertificatePath, _material.OwnCertificate.NotAfter);

    /// <summary>The content, not the time stamp: files that are replaced within one tick of the clock are told apart, too.</summary>
    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string? path in (string?[])[_options.CertificatePath, _options.KeyPath, _options.AuthorityPath])
        {
            if (path is not null)
            {
                byte[] content = File.ReadAllBytes(path);
                hash.AppendData(BitConverter.GetBytes(content.Length));
                hash.AppendData(content);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private TlsMaterial Load()
    {
        (X509Certificate2 own, X509Certificate2Collection chain) = LoadOwn();
        if (!own.HasPrivateKey)
        {
            throw new CryptographicException($"{_options.CertificatePath} holds no private key and no key file is configured");
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(_options.AuthorityPath);
        if (authorities.Count == 0)
        {
            throw new CryptographicException($"{_options.AuthorityPath} holds no certificate");
        }

        return new TlsMaterial(SslStreamCertificateContext.Create(own, chain, offline: true), own, authorities);
    }

    private (X509Certificate2 Own, X509Certificate2Collection Chain) LoadOwn()
    {
        var chain = new X509Certificate2Collection();
        if (Path.GetExtension(_options.CertificatePath) is ".pfx" or ".p12")
        {
            chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(_options.CertificatePath, _options.Password);
            X509Certificate2? own = chain.FirstOrDefault(certificate => certificate.HasPrivateKey);
            return (own ?? throw new CryptographicException($"{_options.CertificatePath} holds no private key"), chain);
        }

        using X509Certificate2 fromPem = _options.Password is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(_options.CertificatePath, password, _options.KeyPath)
            : X509Certificate2.CreateFromPemFile(_options.CertificatePath, _options.KeyPath);
        chain.ImportFromPemFile(_options.CertificatePath);
        // Some platforms cannot use a key that exists in memory only for TLS; through PKCS#12 it becomes one that all can.
        return (X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), password: null), chain);
    }
}
