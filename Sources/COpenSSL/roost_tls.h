// TLS: what OpenSSL has as macros, and a BIO that lends and collects bytes without a socket.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// MARK: Errors

// The oldest error of this thread's queue, which names the cause; the queue is empty afterwards.
static inline unsigned long roost_tls_take_error(void) {
    unsigned long first = ERR_get_error();
    ERR_clear_error();
    return first;
}

// An empty queue before a call whose error is asked for; to clear one that is empty costs a tenth of
// a short record.
static inline void roost_tls_forget_errors(void) {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

// The number of an alert that the other side sent, or -1 when the error is none.
static inline int roost_tls_alert_number(unsigned long error) {
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return -1;
    int reason = ERR_GET_REASON(error);
    return reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : -1;
}

static inline int roost_tls_is_verification_failure(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

static inline int roost_tls_is_missing_certificate(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL
        && ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}

// Whether nothing of the kind was found. For keys the decoders of OpenSSL 3 answer, in their words.
static inline int roost_tls_is_no_pem(unsigned long error) {
    if (ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER) return ERR_GET_REASON(error) == ERR_R_UNSUPPORTED;
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static inline int roost_tls_is_mismatch(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_X509
        && (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH
            || ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH);
}

// MARK: Bytes in and out

// What a session reads is lent for one call; what it writes is collected until it is sent.
struct roost_tls_pipe {
    const unsigned char *input;
    size_t input_count;
    unsigned char *output;
    size_t output_count;
    size_t output_capacity;
    // So much memory of the output is kept while nothing waits in it.
    size_t kept_capacity;
};

// More waits nowhere: what is encrypted at once, and what a handshake says.
enum { ROOST_TLS_OUTPUT_MAX = 512 << 10 };

static int roost_tls_pipe_read(BIO *bio, char *into, size_t capacity, size_t *count) {
    struct roost_tls_pipe *pipe = (struct roost_tls_pipe *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t taken = pipe->input_count < capacity ? pipe->input_count : capacity;
    if (taken == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(into, pipe->input, taken);
    pipe->input += taken;
    pipe->input_count -= taken;
    *count = taken;
    return 1;
}

static int roost_tls_pipe_write(BIO *bio, const char *bytes, size_t length, size_t *count) {
    struct roost_tls_pipe *pipe = (struct roost_tls_pipe *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (length > ROOST_TLS_OUTPUT_MAX - pipe->output_count) return 0;
    size_t needed = pipe->output_count + length;
    if (needed > pipe->output_capacity) {
        size_t capacity = needed < 2 * pipe->output_capacity ? 2 * pipe->output_capacity : needed;
        unsigned char *grown = (unsigned char *)realloc(pipe->output, capacity);
        if (!grown) return 0;
        pipe->output = grown;
        pipe->output_capacity = capacity;
    }
    memcpy(pipe->output + pipe->output_count, bytes, length);
    pipe->output_count = needed;
    *count = length;
    return 1;
}

static long roost_tls_pipe_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int roost_tls_pipe_destroy(BIO *bio) {
    struct roost_tls_pipe *pipe = (struct roost_tls_pipe *)BIO_get_data(bio);
    if (pipe) {
        if (pipe->output) OPENSSL_cleanse(pipe->output, pipe->output_capacity);
        free(pipe->output);
        free(pipe);
    }
    BIO_set_data(bio, NULL);
    return 1;
}

static inline BIO_METHOD *roost_tls_pipe_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "roost");
    if (!method) return NULL;
    BIO_meth_set_read_ex(method, roost_tls_pipe_read);
    BIO_meth_set_write_ex(method, roost_tls_pipe_write);
    BIO_meth_set_ctrl(method, roost_tls_pipe_control);
    BIO_meth_set_destroy(method, roost_tls_pipe_destroy);
    return method;
}

// Gives a session its pipe, which lives as long as the session. NULL without memory.
static inline struct roost_tls_pipe *roost_tls_attach(SSL *session, const BIO_METHOD *method) {
    struct roost_tls_pipe *pipe = (struct roost_tls_pipe *)calloc(1, sizeof *pipe);
    BIO *bio = pipe ? BIO_new(method) : NULL;
    if (!bio) {
        free(pipe);
        return NULL;
    }
    BIO_set_data(bio, pipe);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
    return pipe;
}

// The session keeps its memory while it waits for more.
static inline void roost_tls_keep_buffers(SSL *session, struct roost_tls_pipe *pipe) {
    SSL_clear_mode(session, SSL_MODE_RELEASE_BUFFERS);
    pipe->kept_capacity = 4 << 10;
}

// Counts from any thread; the count after it.
static inline long roost_tls_count(long *count, long change) {
    return __atomic_add_fetch(count, change, __ATOMIC_RELAXED);
}

// The first `count` bytes of the output have left.
static inline void roost_tls_pipe_sent(struct roost_tls_pipe *pipe, size_t count) {
    pipe->output_count -= count;
    if (pipe->output_count > 0) {
        memmove(pipe->output, pipe->output + count, pipe->output_count);
    } else if (pipe->output_capacity > pipe->kept_capacity) {
        free(pipe->output);
        pipe->output = NULL;
        pipe->output_capacity = 0;
    }
}

// MARK: Contexts

// The one protocol that this side speaks, as ALPN writes it.
static const unsigned char roost_tls_http[] = "\x08http/1.1";
static const unsigned char roost_tls_peer[] = "\x0aroost-peer";

static int roost_tls_select(const unsigned char **out, unsigned char *out_count,
                            const unsigned char *offered, unsigned int offered_count,
                            const unsigned char *ours, unsigned int ours_count) {
    unsigned char *selected = NULL;
    if (SSL_select_next_proto(&selected, out_count, ours, ours_count, offered, offered_count)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

static int roost_tls_select_http(SSL *session, const unsigned char **out, unsigned char *out_count,
                                 const unsigned char *offered, unsigned int count, void *none) {
    (void)session, (void)none;
    return roost_tls_select(out, out_count, offered, count, roost_tls_http, 9);
}

static int roost_tls_select_peer(SSL *session, const unsigned char **out, unsigned char *out_count,
                                 const unsigned char *offered, unsigned int count, void *none) {
    (void)session, (void)none;
    return roost_tls_select(out, out_count, offered, count, roost_tls_peer, 11);
}

static inline int roost_tls_speak(SSL_CTX *context, int is_peer) {
    SSL_CTX_set_alpn_select_cb(context, is_peer ? roost_tls_select_peer : roost_tls_select_http, NULL);
    return SSL_CTX_set_alpn_protos(context, is_peer ? roost_tls_peer : roost_tls_http, is_peer ? 11 : 9)
        == 0;
}

// A context with what holds for every connection: TLS 1.2 and 1.3, forward secrecy, authenticated
// ciphers, no renegotiation, no compression, stateless tickets, buffers given back when idle
// except by sessions that keep them (roost_tls_keep_buffers).
static inline SSL_CTX *roost_tls_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (!context) return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                     | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                                  | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                  // What is sent is what the chain's file holds.
                                  | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // A record is taken from the input at once, not its head first.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_verify_depth(context, 8);
    static const unsigned char name[] = "roost";
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1
        || SSL_CTX_set_session_id_context(context, name, 5) != 1
        || SSL_CTX_set_num_tickets(context, 1) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

// Nobody is asked for a key's password: there is nobody to ask.
static int roost_tls_no_password(char *into, int capacity, int is_writing, void *none) {
    (void)into, (void)capacity, (void)is_writing, (void)none;
    return -1;
}

static inline X509 *roost_tls_read_certificate(BIO *text) {
    return PEM_read_bio_X509(text, NULL, roost_tls_no_password, NULL);
}

static inline X509_CRL *roost_tls_read_list(BIO *text) {
    return PEM_read_bio_X509_CRL(text, NULL, roost_tls_no_password, NULL);
}

static inline EVP_PKEY *roost_tls_read_key(BIO *text) {
    return PEM_read_bio_PrivateKey(text, NULL, roost_tls_no_password, NULL);
}

// Adds a certificate behind the context's own; the context owns it from then on.
static inline int roost_tls_add_to_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

// Looks up every certificate of a chain, those of authorities too, in its issuer's list.
static inline int roost_tls_check_lists(X509_STORE *store) {
    return X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

// Whether the session's other side would be believed by what that context trusts now; 1 where it has
// shown no certificate.
static inline int roost_tls_believes(const SSL_CTX *context, SSL *session) {
    X509 *certificate = SSL_get0_peer_certificate(session);
    if (!certificate) return 1;
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    int is_good = check
        && X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(context), certificate,
                               SSL_get_peer_cert_chain(session)) == 1
        && X509_STORE_CTX_set_default(check, SSL_is_server(session) ? "ssl_client" : "ssl_server") == 1
        && X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    ERR_clear_error();
    return is_good;
}

// MARK: Names

static inline int roost_tls_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

// Requires that the certificate be for this host, a name or a numeric address.
static inline int roost_tls_expect_host(SSL *session, const char *host) {
    X509_VERIFY_PARAM *rules = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
                                               | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1) return 1;
    ERR_clear_error();
    return X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1
        && roost_tls_set_server_name(session, host) == 1;
}

// The certificate's one common name; its length, or -1 when there is none, or more than one.
static inline int roost_tls_common_name(const X509 *certificate, unsigned char **text) {
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (place < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, place) >= 0) return -1;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
    int count = ASN1_STRING_to_UTF8(text, value);
    if (count < 0) ERR_clear_error();
    return count;
}

static inline GENERAL_NAMES *roost_tls_other_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int roost_tls_name_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}

// The bytes of a host's (kind 2) or a URI's (kind 6) name, which is the list's; NULL for others.
static inline const unsigned char *roost_tls_name(const GENERAL_NAMES *names, int place, int *kind,
                                                  int *count) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, place);
    *kind = name->type;
    if (name->type != GEN_DNS && name->type != GEN_URI) return NULL;
    const ASN1_IA5STRING *text = name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
    *count = ASN1_STRING_length(text);
    return ASN1_STRING_get0_data(text);
}

// Seconds since 1970 of a certificate's end; -1 if it can't be read.
static inline int64_t roost_tls_end(const X509 *certificate) {
    struct tm time;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return -1;
    return (int64_t)timegm(&time);
}

// Whether the moment lies within the certificate's validity.
static inline int roost_tls_is_current(const X509 *certificate) {
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0
        && X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}
