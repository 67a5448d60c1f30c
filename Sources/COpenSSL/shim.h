// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's function-like macros and inline stacks, which Swift cannot import, as functions.
// Everything that Swift can import is called by its own name: this file stays a list of gaps.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Contexts

/// No renegotiation, no compression, our order of cipher suites (but ChaCha20 for a client that puts it first,
/// because it then has no AES in hardware).
static const uint64_t copenssl_server_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
    | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
static const uint64_t copenssl_client_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

static inline int copenssl_CTX_set_min_proto_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_min_proto_version(ctx, version);
}

static inline int copenssl_CTX_set_max_proto_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_max_proto_version(ctx, version);
}

static inline void copenssl_CTX_set_modes(SSL_CTX *ctx) {
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
}

static inline void copenssl_CTX_session_cache_off(SSL_CTX *ctx) {
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

static inline int copenssl_CTX_set_groups(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_groups_list(ctx, list);
}

static inline int copenssl_CTX_add_chain_certificate(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}

static inline int copenssl_CTX_set_ticket_callback(
    SSL_CTX *ctx, int (*callback)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int)) {
    return (int)SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, callback);
}

/// `digest` must not be const in `OSSL_PARAM`, though it is only read.
static inline int copenssl_HMAC_SHA256_start(EVP_MAC_CTX *mac, const unsigned char *key, size_t count) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, count),
        OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (void *)"SHA256", 6),
        OSSL_PARAM_END,
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

static inline void copenssl_CTX_set_servername_callback(
    SSL_CTX *ctx, int (*callback)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(ctx, callback);
    SSL_CTX_set_tlsext_servername_arg(ctx, argument);
}

static inline void copenssl_CTX_set_status_callback(
    SSL_CTX *ctx, int (*callback)(SSL *, void *), void *argument) {
    SSL_CTX_set_tlsext_status_cb(ctx, callback);
    SSL_CTX_set_tlsext_status_arg(ctx, argument);
}

// Connections

/// Takes over `response`, which OPENSSL_malloc has made.
static inline int copenssl_set_status_response(SSL *ssl, unsigned char *response, long count) {
    return (int)SSL_set_tlsext_status_ocsp_resp(ssl, response, count);
}

static inline void copenssl_ask_for_status(SSL *ssl) { SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp); }

/// The response stays the connection's; −1: there is none.
static inline long copenssl_get_status_response(SSL *ssl, const unsigned char **response) {
    return SSL_get_tlsext_status_ocsp_resp(ssl, response);
}

static inline void *copenssl_malloc(size_t count) { return OPENSSL_malloc(count); }

static inline int copenssl_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

// BIOs

static inline void copenssl_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void copenssl_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline long copenssl_BIO_get_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

// Certificates

static inline EVP_PKEY *copenssl_P256_generate(void) { return EVP_EC_gen("P-256"); }

static inline int copenssl_X509_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }

static inline X509 *copenssl_X509_at(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }

static inline int copenssl_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

static inline const GENERAL_NAME *copenssl_names_at(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

static const unsigned long copenssl_rfc2253_utf8 = XN_FLAG_RFC2253 & ~((unsigned long)ASN1_STRFLGS_ESC_MSB);
